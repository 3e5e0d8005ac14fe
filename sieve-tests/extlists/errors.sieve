require ["extlists", "envelope", "copy"];
if header :list "from" { keep; }
if header :list :is "from" "tag:example.com,2009-05-28:friends" { keep; }
if valid_ext_list { keep; }
if valid_ext_list 5 { keep; }
redirect :list ["a", "b"];
