# Files lists and orders, refuses a nuisance, and leaves the rest in the inbox.
require ["fileinto", "envelope", "reject"];

if header :contains "list-id" ["<announce.example.org>", "<talk.example.org>"] {
  fileinto "Lists";
  stop;
}

if allof (address :domain :is "from" "shop.example",
          header :matches "subject" ["Order *", "*invoice*"]) {
  fileinto "Orders";
} elsif envelope :localpart :is "from" "nuisance" {
  reject text:
Please do not write to this address again.
.
  ;
} elsif size :over 20M {
  fileinto "Large";
}
