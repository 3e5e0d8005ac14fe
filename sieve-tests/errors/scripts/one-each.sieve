require ["envelope", "imap4flags", "enotify", "regex", "editheader", "encoded-character", "reject"];
if envelope ["frob", "nabble"] "x" { keep; }
if hasflag ["a b", "c d"] "x" { keep; }
notify :importance "9" "frob";
if header :regex "a" ["(", "["] { keep; }
deleteheader :last "a b";
redirect "${unicode:D800}";
if address ["subject", "x-frob"] :is "a" { keep; }
