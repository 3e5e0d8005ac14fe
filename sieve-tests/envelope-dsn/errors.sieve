require "envelope-dsn";
if envelope "notify" "NEVER" { keep; }
if envelope ["ret", "frob"] "FULL" { keep; }
if envelope :domain "orcpt" "example.com" { keep; }
