namespace RedPacket.Comparison;

/// <summary>A share that a lost run granted and that its packet cannot have any more.</summary>
/// <param name="Line">Its entry.</param>
/// <param name="IsPaid">A correction has paid it. False while it waits for that.</param>
internal sealed record LostShare(string Line, bool IsPaid);
