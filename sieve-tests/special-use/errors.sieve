require ["special-use", "fileinto", "mailbox"];
if specialuse_exists { keep; }
if specialuse_exists ["a", "b"] "\\Junk" { keep; }
if specialuse_exists 5 { keep; }
fileinto :specialuse "box";
fileinto :specialuse "\\Junk" :specialuse "\\Trash" "box";
keep :specialuse "\\Junk";
