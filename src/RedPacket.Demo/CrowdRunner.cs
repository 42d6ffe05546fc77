using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Demo;

/// <summary>The numbers of the current crowd, or of the last one.</summary>
/// <param name="PerSecond">The rate, or the highest one of a crowd with stages.</param>
/// <param name="Asked">Grabs requested so far.</param>
/// <param name="TooLate">Grabs answered emptied or expired.</param>
/// <param name="Failed">Grabs refused or not answered. The crowd does not retry.</param>
internal sealed record CrowdView(bool Running, int PerSecond,
    [property: JsonConverter(typeof(WireTime))] DateTimeOffset? StartedAt,
    [property: JsonConverter(typeof(WireTime))] DateTimeOffset? EndsAt,
    long Asked, long Won, long TooLate, long Failed);

/// <summary>Runs one crowd at a time.</summary>
internal sealed class CrowdRunner(DemoNetwork network, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    public const int MaxPerSecond = 5000;
    public static readonly TimeSpan MaxLength = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private Crowd? _crowd;

    /// <summary>All zeros before the first crowd.</summary>
    public CrowdView View()
    {
        lock (_lock)
            return _crowd?.View() ?? new CrowdView(false, 0, null, null, 0, 0, 0, 0);
    }

    /// <summary>Starts a crowd, and stops the one before it.</summary>
    public CrowdView Start(CrowdPlan plan)
    {
        lock (_lock)
        {
            _crowd?.Stop();
            _crowd = new Crowd(plan, network.LocalUrl, clock, lifetime.ApplicationStopping);
            _crowd.Start();
            return _crowd.View();
        }
    }

    public CrowdView Stop()
    {
        lock (_lock)
        {
            _crowd?.Stop();
            return View();
        }
    }
}
