# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_skyswitch_global_optspecs
    string join \n profile= account= sandbox json o/output= fields= jq= no-header quiet v/verbose no-input color= timeout= cacert= raw-numbers h/help V/version
end

function __fish_skyswitch_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_skyswitch_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_skyswitch_using_subcommand
    set -l cmd (__fish_skyswitch_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c skyswitch -n "__fish_skyswitch_needs_command" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_needs_command" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -s h -l help -d 'Print help'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -s V -l version -d 'Print version'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "login" -d 'Ask for the credentials, prove them, keep them in the OS keyring'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "logout" -d 'Forget this profile\'s credentials and tokens'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "status" -d 'Who is logged in, on which account, until when, and where each setting came from'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "token" -d 'Print a valid access token, for curl and CI'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "domains" -d 'PBX domains of the account'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "doctor" -d 'Find out what is wrong'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "routes" -d 'VIP routes ("route by ANI"): for this caller, go there'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "api" -d 'Any other call of the API, authenticated'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "history" -d 'What this machine changed, with the values that stood there before'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "undo" -d 'Put back what a run changed'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "sandbox" -d 'The embedded emulator of the API'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c skyswitch -n "__fish_skyswitch_needs_command" -f -a "help" -d 'Explain a command or a topic'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l client-id -d 'The API client\'s id' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l username -d 'The portal user\'s name' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l scope -d 'Scopes to ask for, separated by spaces [default: pbx account]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l store -d 'Where to keep them: keyring, or file for machines without one [default: keyring]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l import -d 'Take over the `config.json` of the public Python script' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l remember-password -d 'Keep the password, too, so that a dead session is renewed by itself; keyring only'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l secrets-stdin -d 'Read `client_secret=…` and `password=…` lines, or one JSON object, from standard input'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l all -d 'Forget every profile\'s'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l check -d 'Ask the server what it says of the token, and list the account\'s domains'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and not __fish_seen_subcommand_from list" -f -a "list" -d 'List the PBX domains'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l reseller -d 'Only the domains of this reseller number' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l refresh -d 'Ask past the vendor\'s cache'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand domains; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l domain -d 'Look at the VIP set-up of this domain, too, as far as it shows' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "list" -d 'List VIP routes'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "set" -d 'Create or update one VIP route'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "delete" -d 'Delete VIP routes of one caller in one domain'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "plan" -d 'Show what a file of routes would change, and change nothing'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "apply" -d 'Change the server to what a file of routes says'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "explain" -d 'Say which route takes a call, and why the others do not'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and not __fish_seen_subcommand_from list set delete plan apply explain test" -f -a "test" -d 'Check expected routings, for CI'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l ani -d 'Only routes of this caller' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l dnis -d 'Only routes for this called number' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l domain -d 'Only routes of this domain' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l base -d 'Add a column `base`, a fingerprint of each row: `plan` and `apply` then tell rows edited in the file from routes changed on the server meanwhile'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l ani -d 'The caller\'s number' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l domain -d 'The PBX domain [default: `SKYSWITCH_DOMAIN`, or the profile\'s `domain`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l destination -d 'Where the call goes: a user, a device or a dial string, passed on byte for byte' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l dnis -d 'The number that was called; without it the route is for any' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l application -d 'What the destination is [default: user]' -r -f -a "user\t''
device\t''
literal\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l no-clobber -d 'Refuse to change a route that is there already'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l dry-run -d 'Say what would be done and send nothing'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l ani -d 'The caller\'s number' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l domain -d 'The PBX domain [default: `SKYSWITCH_DOMAIN`, or the profile\'s `domain`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l dnis -d 'Only the route for this called number; \'\' means exactly the one without' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l all-dnis -d 'All of this caller\'s routes, whatever number was called'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l yes -d 'Do not ask'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l dry-run -d 'Say what would go and send nothing'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l ignore-missing -d 'Nothing to delete is success'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l allow-wide-delete -d 'Delete the route without a called number even while others of the same caller stay, which the server may take along; what vanishes is put back'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l domain -d 'Plan for this domain only; repeatable. Without it the file says which domains it is about' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l save -d 'Keep the plan, to be run by `routes apply --plan`' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l allow-empty-domain -d 'Permit that this domain ends without any route; repeatable' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l max-deletes -d 'Permit so many deletes in all, and no more' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l max-changes -d 'Permit so many changes in all, and no more' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l prune -d 'Delete what the file does not have, in the printed scope. Without `--domain` no domain can lose its last row that way'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l exit-code -d 'Exit 9 when there is anything to change'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l allow-wide-delete -d 'Permit deleting a route without a called number while others of the same caller stay, which the server may take along; what vanishes is put back'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l domain -d 'Plan for this domain only; repeatable. Without it the file says which domains it is about' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l plan -d 'Run exactly this plan, kept by `routes plan --save` within the last 24 hours' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l expect -d 'Plan the file again, and run it only if it comes to this plan' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l concurrency -d 'How many requests at a time; fewer while the server says it is too much' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l failed -d 'Write the rows that failed or were not reached to this file' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l save -d 'Keep the plan, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l allow-empty-domain -d 'Permit that this domain ends without any route; repeatable' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l max-deletes -d 'Permit so many deletes in all, and no more' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l max-changes -d 'Permit so many changes in all, and no more' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l prune -d 'Delete what the file does not have, in the printed scope. Without `--domain` no domain can lose its last row that way'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l yes -d 'Do not ask. Lifts no brake'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l exit-code -d 'Accepted as in `routes plan`; an apply leaves nothing pending'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l allow-wide-delete -d 'Permit deleting a route without a called number while others of the same caller stay, which the server may take along; what vanishes is put back'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l from -d 'Who calls' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l to -d 'The number that is called [default: any]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l domain -d 'Only this domain [default: `SKYSWITCH_DOMAIN`, the profile\'s `domain`, or every domain that has a route for the caller]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -s f -l file -d 'Ask this file instead of the server; `-` for standard input' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -s f -l file -d 'Ask this file of routes instead of the server' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand routes; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s X -l method -d 'The method [default: GET, or POST with -f or --input]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s q -l query -d 'A query parameter; repeatable' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s f -l field -d 'A field of a JSON body: text, or JSON with `:=`; repeatable' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l input -d 'A file with the body, sent as JSON; `-` is standard input' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s i -l include -d 'Print status and headers, too'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l paginate -d 'Fetch all pages and print their items as one array'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l yes -d 'Do not ask'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand api" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l domain -d 'Only runs that wrote to this domain' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l ani -d 'Only runs that wrote a route of this caller' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l since -d 'Only runs since then: a time, a date, or an age such as `90m`, `24h`, `7d`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l allow-empty-domain -d 'Permit that this domain ends without any route; repeatable. Not needed where it had none before the run' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l yes -d 'Do not ask. Lifts no brake'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l dry-run -d 'Say what would be put back and send nothing'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l allow-wide-delete -d 'Permit deleting a route without a called number while others of the same caller stay, which the server may take along; what vanishes is put back'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -s h -l help -d 'Print help'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and not __fish_seen_subcommand_from serve" -f -a "serve" -d 'Run the emulator as a server, to rehearse scripts against'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l port -d 'The port [default: any that is free]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l state -d 'Keep the data in this file; several servers may share it' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l seed -d 'Start from this file instead of the sample' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l token-ttl -d 'How long an access token lives, in seconds' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l latency -d 'Wait this long before each answer, in milliseconds' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l quirk -d 'Behave in one of the ways nobody is sure of; repeatable' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l fault -d 'Fail in one way where it matches; repeatable, such as `GET */route-by-ani=status:503@1-2`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l fault-seed -d 'Where the chances of `~P` faults come from' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l profile -d 'The profile to use [default: `default`, or the config file\'s `default_profile`]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l account -d 'The account to work on: the id from the portal, Manage Accounts > View > API' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -s o -l output -d 'The output format [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l fields -d 'Only these columns, in this order, such as `ani,destination`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l jq -d 'Filter the JSON result with a jq expression; strings print raw. Implies `--json`' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l color -d 'When to colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l timeout -d 'How long one request may take, in seconds [default: 30]' -r
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l cacert -d 'Trust the certificates of this PEM file, too' -r -F
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l sandbox -d 'Run against an emulator of the API inside this process, on sample data'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l json -d 'Results and the last error line as JSON; short for `--output json`'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l no-header -d 'No column names above tables, CSV and TSV'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l quiet -d 'Say nothing that was not asked for: no result line, no status'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -s v -l verbose -d 'Log requests to stderr; twice also headers and bodies. Never secrets'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l no-input -d 'Never prompt: a missing answer is an error'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -l raw-numbers -d 'Send telephone numbers as typed instead of as 11 digits'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c skyswitch -n "__fish_skyswitch_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
