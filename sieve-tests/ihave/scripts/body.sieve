require ["ihave"];
if anyof (not ihave "body", size :over 100K) {
	keep;
} elsif body :contains "Friep" {
	discard;
}
