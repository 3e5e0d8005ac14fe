require ["envelope", "envelope-deliverby"];
if envelope :zone "+0100" "bytimeabsolute" "x" { keep; }
if envelope "bymode" { keep; }
if envelope :user "bymode" "x" { keep; }
if envelope "bytime" "x" { keep; }
