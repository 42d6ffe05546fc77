using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Wallets;

/// <summary>Section <c>Reconciliation</c>: how fresh <c>settledThrough</c> and <c>pendingFen</c> are.</summary>
[Section("Reconciliation")]
internal sealed class WalletsOptions
{
    /// <summary>
    /// For how long wallets use one reading of the outboxes. An older bound stays true, so this costs freshness only.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan SettledThroughEvery { get; set; } = TimeSpan.FromMilliseconds(250);
}
