frobnicate;
keep "a";
if header "a" "b" { keep; }
