using System.Diagnostics;

namespace RedPacket.Messages;

/// <summary>A W3C trace context that came from elsewhere: from a caller, or in a message.</summary>
internal static class Traceparent
{
    private const int Length = 55;

    /// <summary>
    /// True for <c>version-trace-span-flags</c>. A later version of the format may be longer, and is not taken: the text
    /// is kept in stores, so its length and its letters are bounded.
    /// </summary>
    public static bool Is(string? text) =>
        text is { Length: Length } && text[2] == '-' && text[35] == '-' && text[52] == '-'
        && ActivityContext.TryParse(text, null, isRemote: true, out _);
}
