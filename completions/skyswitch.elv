set edit:completion:arg-completer[skyswitch] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) SKYSWITCH_COMPLETE="elvish" skyswitch -- $@words) | to-lines
}
