namespace RedPacket.Servers;

/// <summary>This machine lacks a program, or a right, that the caller needs.</summary>
/// <param name="reason">The missing server, and how to get it.</param>
public sealed class ServerMissingException(string reason) : Exception(Prefix + reason)
{
    /// <summary>Opens each reason. A test framework that knows its skips by their text sets it.</summary>
    public static string Prefix { get; set; } = "";
}
