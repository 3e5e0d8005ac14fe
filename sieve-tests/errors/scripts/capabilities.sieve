require ["fileinto", "envelope", "reject"];
fileinto "";
fileinto;
fileinto 3;
fileinto :copy "a";
reject;
reject 3;
if envelope "frob" "x" { keep; }
if envelope "from" { keep; }
