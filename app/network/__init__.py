"""What every client of ours on the network shares: addresses, certificates, and a watch over the time."""
