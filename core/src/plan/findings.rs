//! Findings as people see them: kind by kind, each with the command that mends it.

use super::finding::{Finding, Severity};
use super::show::{Detail, Line, Style};

/// How many findings of a kind people are shown, unless they ask for all.
const EXAMPLES: usize = 3;

/// The findings of one domain for people, which come sorted: kind by kind, each with the command that
/// mends it.
pub fn lines(
    domain: &str,
    findings: &[Finding],
    detail: Detail,
    mend: &dyn Fn(&Finding) -> Option<String>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    if !findings.is_empty() {
        let name = if domain.is_empty() {
            "no domain"
        } else {
            domain
        };
        lines.push(Line::new(Style::Heading, name));
    }
    for kind in findings.chunk_by(|a, b| a.code == b.code) {
        let code = kind[0].code;
        let style = match code.severity() {
            Severity::Error => Style::Brake,
            Severity::Warning => Style::Warning,
            Severity::Note => Style::Dim,
        };
        let head = format!("  {} {}", code.severity().as_str(), code.name());
        lines.push(Line::new(style, head));
        let shown = match detail {
            Detail::Short { .. } => EXAMPLES,
            Detail::Whole => usize::MAX,
        };
        for finding in kind.iter().take(shown) {
            let key = finding.key.as_deref().unwrap_or_default();
            let key = key
                .strip_suffix(domain)
                .map_or(key, |key| key.trim_end_matches(" @ "));
            let colon = if key.is_empty() { "" } else { ": " };
            let text = format!("    {key}{colon}{}", finding.text);
            lines.push(Line::new(Style::Plain, text));
            lines
                .extend(mend(finding).map(|words| Line::new(Style::Dim, format!("      {words}"))));
        }
        if kind.len() > shown {
            let text = format!(
                "    {} more, {} in all; `-v` shows them",
                kind.len() - shown,
                kind.len()
            );
            lines.push(Line::new(Style::Dim, text));
        }
    }
    lines
}
