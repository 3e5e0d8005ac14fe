if address :user "from" "a" { keep; }
