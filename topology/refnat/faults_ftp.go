package refnat

// FTPFaults are in FTP's gateway, where one is asked for. They break RFC 3022, Section 4.4.
type FTPFaults struct {
	// FTPCommandKept lets the inside endpoint out that a client names.
	FTPCommandKept bool `breaks:"rfc3022.ftp-alg"`
	// FTPDataRefused names an external endpoint at which nothing is let in.
	FTPDataRefused bool `breaks:"rfc3022.ftp-alg"`
	// FTPSequenceKept leaves sequence numbers as they are after a command that has grown.
	FTPSequenceKept bool `breaks:"rfc3022.ftp-alg"`
	// FTPAnswersKept leaves what acknowledges the numbers as it is after a command that has
	// grown.
	FTPAnswersKept bool `breaks:"rfc3022.ftp-alg"`
}
