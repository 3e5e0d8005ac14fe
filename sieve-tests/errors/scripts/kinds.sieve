header "a" "b";
if keep { }
if fileinto "x" { }
header "a" "b";
