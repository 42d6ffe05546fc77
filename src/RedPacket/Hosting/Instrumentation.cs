using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RedPacket.Hosting;

/// <summary>All rooms measure and trace under one name. A collector asks for it.</summary>
internal static class Instrumentation
{
    public const string Name = "RedPacket";

    public static readonly Meter Meter = new(Name);

    public static readonly ActivitySource Source = new(Name);
}
