require ["subaddress"];
if address :user :detail "from" "a" { keep; }
if header :user "from" "a" { keep; }
if address :detail :localpart "from" "a" { keep; }
if envelope :user "from" "a" { keep; }
