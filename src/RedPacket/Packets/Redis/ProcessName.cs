using System.Globalization;

namespace RedPacket.Packets;

/// <summary>
/// The name of a process's connections to Redis, such as <c>redpacket/grab+relay/host/1234</c>. Redis lists the names, so
/// operators see which processes there are, and no process has to report itself.
/// </summary>
/// <param name="Id">The process id, which is unique on its host only.</param>
internal sealed record ProcessName(IReadOnlyList<string> Roles, string Host, int Id)
{
    private const string Program = "redpacket";

    /// <summary>The name of this process.</summary>
    public static ProcessName Own(IReadOnlyList<string> roles) => new(roles, Environment.MachineName, Environment.ProcessId);

    /// <summary>Null for a connection of another program.</summary>
    public static ProcessName? Read(string name) =>
        name.Split('/') is [Program, var roles, var host, var id] && int.TryParse(id, CultureInfo.InvariantCulture, out var number)
            ? new ProcessName(roles.Split('+'), host, number)
            : null;

    // Redis takes no space and no control character in a name. A host has neither, and no slash.
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Program}/{string.Join('+', Roles)}/{Host}/{Id}");
}
