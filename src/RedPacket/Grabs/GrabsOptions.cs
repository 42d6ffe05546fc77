using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Grabs;

/// <summary>Section <c>Grabs</c>: how concurrent grabs share calls to Redis.</summary>
[Section("Grabs")]
internal sealed class GrabsOptions
{
    /// <summary>
    /// Calls to Redis that may be under way per shard. Two keep Redis busy while an answer is being handed out.
    /// </summary>
    [Range(1, 64)]
    public int Loops { get; set; } = 2;

    /// <summary>Grabs in one call, at most.</summary>
    [Range(1, 1000)]
    public int PerCall { get; set; } = 128;

    /// <summary>
    /// After so many answers that a packet is emptied or expired, a process reads who won it, and asks Redis no more on
    /// behalf of others, except for one proof in <see cref="Packets.WinnersProof.Life"/>. 0: never.
    /// </summary>
    [Range(0, 1_000_000)]
    public int LateAnswers { get; set; } = 32;
}
