require ["fileinto"];
if header "x-first" "one" {
	fileinto "second";
}
