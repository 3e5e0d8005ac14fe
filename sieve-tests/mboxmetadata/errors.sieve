require ["mboxmetadata"];
if metadata "INBOX" "/private/comment" { keep; }
if metadata ["a", "b"] "/private/comment" "x" { keep; }
if metadataexists "INBOX" { keep; }
if metadataexists "INBOX" 5 { keep; }
if metadata :value "gt" "INBOX" "/private/comment" "1" { keep; }
if servermetadata "/private/comment" "1" { keep; }
