require "servermetadata";
if servermetadata "/shared/admin" { keep; }
if servermetadata ["/shared/admin"] "x" { keep; }
if servermetadataexists { keep; }
if servermetadataexists 5 { keep; }
if metadataexists "INBOX" "/shared/admin" { keep; }
