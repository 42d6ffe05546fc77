namespace RedPacket.Messages;

/// <summary>
/// A line of the outbox that moves no money: <c>x token lane</c>. An opening of a gate puts one into each lane. When it
/// has left the outbox at the other end, everything that was sent before it is recorded.
/// </summary>
internal static class Fence
{
    private const string Start = "x ";

    /// <summary>The fences of one opening, the live lane's first.</summary>
    public static string[] Of(string token) => [$"{Start}{token} live", $"{Start}{token} slow"];

    public static bool Is(string line) => line.StartsWith(Start, StringComparison.Ordinal);
}
