keep;;
if true { discard }
if anyof (true, ) { keep; }
if header ["a" "b"] "c" { keep; }
if header [] "c" { keep; }
"string";
3;
keep @;
redirect "a@example.org" ];
stop;
