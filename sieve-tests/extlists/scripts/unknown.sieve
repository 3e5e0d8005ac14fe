require ["extlists", "envelope"];
if envelope :list "from" "tag:example.com,2009-05-28:unheard-of" { discard; }
