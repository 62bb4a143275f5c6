"""What the rehearsal and the benchmark share: criteria to judge by, and how plots look. It knows neither of them."""
