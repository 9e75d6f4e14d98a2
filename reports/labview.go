package reports

// A labView is the lab in a picture: the hosts by the RFCs' letters, with the addresses that
// most ladders of the run have for them.
type labView struct {
	Inside, Outside []labHost
	NAT             string
}

// A labHost is a host of the picture, at its height.
type labHost struct {
	Name, Addr, What string
	Y, Small         int // in the large picture and in the small one
}

// newLab draws the hosts that every lab has.
func newLab(run *Run) labView {
	met := map[string]map[string]int{}
	for i := range run.Results {
		for _, lane := range run.Results[i].Evidence.Ladder.Lanes {
			if len(lane.Addrs) == 0 {
				continue
			}
			if met[lane.Name] == nil {
				met[lane.Name] = map[string]int{}
			}
			met[lane.Name][lane.Addrs[0]]++
		}
	}
	host := func(i int, name, what string) labHost {
		return labHost{Name: name, Addr: commonest(met[name]), What: what, Y: 18 + 22*i, Small: 12 + 17*i}
	}
	lab := labView{NAT: commonest(met["NAT"])}
	for i, name := range []string{"X", "X2", "X3", "Ri"} {
		lab.Inside = append(lab.Inside, host(i, name, roleOf(name)))
	}
	for i, name := range []string{"Y1", "Y2", "Y3", "Y4", "R"} {
		lab.Outside = append(lab.Outside, host(i, name, roleOf(name)))
	}
	return lab
}

func roleOf(name string) string {
	if name == "Ri" || name == "R" {
		return "router"
	}
	return ""
}

// commonest is the address that was met most, or the least of several such; empty for none.
func commonest(met map[string]int) string {
	best := ""
	for addr, n := range met {
		if best == "" || n > met[best] || n == met[best] && addr < best {
			best = addr
		}
	}
	return short(best, 17)
}
