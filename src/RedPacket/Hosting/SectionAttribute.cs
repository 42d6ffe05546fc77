namespace RedPacket.Hosting;

/// <summary>
/// Names the section of the settings that a class of options holds. Several classes may share a section.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SectionAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>Where the three parts are. Rooms read these before there are services.</summary>
[Section("ConnectionStrings")]
internal sealed class ConnectionOptions
{
    public string? Redis { get; set; }

    public string? RabbitMq { get; set; }

    public string? Ledger { get; set; }
}
