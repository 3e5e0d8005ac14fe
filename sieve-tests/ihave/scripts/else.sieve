require ["ihave", "fileinto"];
if not ihave "frobnicate" {
	fileinto "box";
} else {
	frobnicate :loudly 5 "x";
}
