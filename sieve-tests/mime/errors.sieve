require ["mime", "foreverypart", "extracttext"];
break;
foreverypart { break :name "other"; }
if header :type "content-type" "a" { keep; }
foreverypart;
