if true { discard }
if anyof (true, ) { keep; }
if header ["a" "b"] "c" { keep; }
if header [] "c" { keep; }
keep @;
redirect "a@example.org" ];
stop;
