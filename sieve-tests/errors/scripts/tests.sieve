if header "a" { keep; }
if header "a" "b" "c" { keep; }
if header 1 "b" { keep; }
if header "a" 1 { keep; }
if header :is :contains "a" "b" { keep; }
if header "a" :is "b" { keep; }
if header :frob "a" "b" { keep; }
if header :all "a" "b" { keep; }
if header :comparator "a" "b" { keep; }
if header :comparator "i;frob" "a" "b" { keep; }
if header :comparator "i;ascii-numeric" "a" "b" { keep; }
if header :comparator :is "a" "b" { keep; }
if address :domain :localpart "from" "b" { keep; }
if address "subject" "b" { keep; }
if address ["subject", "x-frob"] "b" { keep; }
if exists { keep; }
if exists 3 { keep; }
if size { keep; }
if size 3 { keep; }
if size :over { keep; }
if size :over :under 3 { keep; }
if size :over "3" { keep; }
if true "x" { keep; }
