package probe

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// defaultGateway returns the IPv4 default gateway of the lowest metric.
func defaultGateway() (netip.Addr, error) {
	file, err := os.Open("/proc/net/route")
	if err != nil {
		return netip.Addr{}, err
	}
	defer file.Close()
	return lowestGateway(file)
}

// lowestGateway reads the kernel's routing table: interface, destination,
// gateway, flags, references, uses, metric and mask, with addresses as the
// host's own words in hexadecimal.
func lowestGateway(table io.Reader) (netip.Addr, error) {
	var best netip.Addr
	lowest := uint64(1 << 32)
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[1] != "00000000" || fields[7] != "00000000" {
			continue
		}
		flags, err := strconv.ParseUint(fields[3], 16, 16)
		if err != nil || flags&unix.RTF_UP == 0 || flags&unix.RTF_GATEWAY == 0 {
			continue
		}
		metric, err := strconv.ParseUint(fields[6], 10, 32)
		word, broken := hex.DecodeString(fields[2])
		if err != nil || broken != nil || len(word) != 4 || metric >= lowest {
			continue
		}
		var addr [4]byte
		binary.NativeEndian.PutUint32(addr[:], binary.BigEndian.Uint32(word))
		best, lowest = netip.AddrFrom4(addr), metric
	}
	if !best.IsValid() {
		return best, errors.New("there is no default route over IPv4")
	}
	return best, nil
}
