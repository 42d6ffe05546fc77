using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Comparison;

/// <summary>
/// Section <c>Reconciliation</c>, which the rooms Comparison, Reports, Repairs and Wallets share: how much one reading
/// compares.
/// </summary>
[Section("Reconciliation")]
internal sealed class ComparisonOptions
{
    /// <summary>Packets whose sums one reading compares.</summary>
    [Range(1, 5000)]
    public int PacketsPerPage { get; set; } = 500;

    /// <summary>Claims that one reading compares one by one.</summary>
    [Range(1, 10000)]
    public int ClaimsPerPage { get; set; } = 1000;
}
