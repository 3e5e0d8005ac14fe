require ["variables"];
set "mine" "changed";
