require ["date", "relational"];
if date :zone "+0300" :originalzone "date" "hour" "1" { keep; }
if date "date" "hour" { keep; }
if currentdate :originalzone "hour" "1" { keep; }
