frobnicate;
frobnicate "again";
if frobs { keep; }
if frobs "again" { keep; }
fileinto "box";
fileinto "other";
if header :frob "a" "b" { keep; }
if header :frob "c" "d" { keep; }
keep :frob;
