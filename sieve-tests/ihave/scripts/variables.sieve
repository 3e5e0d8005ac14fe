require ["ihave", "fileinto", "mailbox"];
if ihave "variables" {
	set "box" "made";
	fileinto :create "${box}";
} else {
	keep;
}
