complete --keep-order --exclusive --command skyswitch --arguments "(SKYSWITCH_COMPLETE=fish skyswitch -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
