namespace RedPacket.Comparison;

/// <summary>A share that a lost run granted, and that is or may be paid by a correction.</summary>
/// <param name="Line">Its entry.</param>
/// <param name="IsPaid">A correction has paid it. False while it waits for that.</param>
internal sealed record LostShare(string Line, bool IsPaid);
