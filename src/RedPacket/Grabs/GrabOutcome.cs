using RedPacket.Packets;

namespace RedPacket.Grabs;

/// <summary>How a grab ended.</summary>
internal enum GrabStatus
{
    Won,

    /// <summary>The user already has this share and gets the same answer again.</summary>
    Again,
    Emptied,
    Expired,
    Unknown,

    /// <summary>The outbox is full.</summary>
    Full,

    /// <summary>The packet's record yields no shares; nothing was changed.</summary>
    Damaged,
}

/// <param name="Ordinal">1 to count for a share, else 0.</param>
/// <param name="AmountFen">Over 0 for a share, else 0.</param>
/// <param name="GrantedAt">Milliseconds since 1970 for a share, else 0.</param>
internal readonly record struct GrabOutcome(GrabStatus Status, int Ordinal = 0, long AmountFen = 0, long GrantedAt = 0)
{
    /// <summary>
    /// Reads one answer of <c>grab.lua</c>. An unknown word is an error of this program and never a refusal.
    /// </summary>
    public static GrabOutcome Parse(ReadOnlySpan<char> answer)
    {
        var space = answer.IndexOf(' ');
        var word = (space < 0 ? answer : answer[..space]) switch
        {
            "won" => GrabStatus.Won,
            "again" => GrabStatus.Again,
            PacketState.Emptied => GrabStatus.Emptied,
            PacketState.Expired => GrabStatus.Expired,
            "unknown" => GrabStatus.Unknown,
            "full" => GrabStatus.Full,
            "damaged" => GrabStatus.Damaged,
            _ => throw new InvalidOperationException($"grab.lua answered '{answer}'."),
        };
        if (word is not (GrabStatus.Won or GrabStatus.Again))
            return new GrabOutcome(word);
        return Claim.TryParse(answer[(space + 1)..], out var claim)
            ? new GrabOutcome(word, claim.Ordinal, claim.AmountFen, claim.GrantedAt)
            : throw new InvalidOperationException($"grab.lua answered '{answer}'.");
    }
}
