using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Subscribers.Risk;

/// <summary>Section <c>Subscribers</c>: what the room risk finds too much. A change needs no new store.</summary>
[Section("Subscribers")]
internal sealed class RiskOptions
{
    /// <summary>More shares than this, taken by a user within a minute of the clock, are a finding.</summary>
    [Range(1, 1_000_000)]
    public int RiskWinsPerMinute { get; set; } = 30;

    /// <summary>A user with shares of more packets of one sender than this is a finding.</summary>
    [Range(1, 1_000_000)]
    public int RiskPacketsOfASender { get; set; } = 100;

    /// <summary>Two users who win in each other's packets, more often than this both ways, are a finding.</summary>
    [Range(1, 1_000_000)]
    public int RiskRingPackets { get; set; } = 10;
}
