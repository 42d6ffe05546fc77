using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Packets.Limits;

/// <summary>
/// Section <c>Limits</c>: what one user may do, over all processes. 0 is no limit, and costs nothing.
/// </summary>
[Section("Limits")]
internal sealed class UserLimitsOptions
{
    /// <summary>Grabs of a user in a second.</summary>
    [Range(0, 1_000_000)]
    public int GrabsPerSecond { get; set; }

    /// <summary>Packets that a user sends in an hour.</summary>
    [Range(0, 1_000_000)]
    public int SendsPerHour { get; set; }

    /// <summary>Fen that a user sends in a day, by UTC.</summary>
    [Range(0, 1_000_000_000_000)]
    public long FenPerDay { get; set; }

    /// <summary>Packets of a user that are open at the same time.</summary>
    [Range(0, 10_000)]
    public int OpenPackets { get; set; }

    /// <summary>Shares of all open packets of a user together.</summary>
    [Range(0, 100_000_000)]
    public int OpenShares { get; set; }
}
