using System.Diagnostics;
using System.Globalization;
using RedPacket.Hosting;

namespace RedPacket.Demo;

/// <summary>
/// Kills this process, as kill -9 does, when it passes one of the service's crash points for the n-th time:
/// <c>Demo:CrashAt=&lt;point&gt;[:&lt;n&gt;]</c>.
/// </summary>
internal sealed class CrashAt : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private readonly string _point;
    private readonly int _lastPass;
    private int _passes;

    private CrashAt(string point, int lastPass)
    {
        _point = point;
        _lastPass = lastPass;
    }

    /// <summary>Arms the point that the setting names, if it names one.</summary>
    public static void Arm(string? setting)
    {
        if (Read(setting) is (var point, var pass))
            DiagnosticListener.AllListeners.Subscribe(new CrashAt(point, pass));
    }

    /// <summary>Null if the setting names a point, or is absent.</summary>
    public static string? Mistake(string? setting) => setting is null || Read(setting) is not null
        ? null
        : $"Demo:CrashAt must be <point> or <point>:<n> with n from 1; it was {setting}. "
            + $"The points are {string.Join(", ", CrashPoint.All)}.";

    private static (string Point, int Pass)? Read(string? setting) => setting?.Split(':') switch
    {
        [var point] when CrashPoint.All.Contains(point) => (point, 1),
        [var point, var number] when CrashPoint.All.Contains(point)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pass) && pass > 0 => (point, pass),
        _ => null,
    };

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == CrashPoint.Source)
            value.Subscribe(this, name => name == _point);
    }

    // Runs no finalizer and flushes nothing: only Redis, the broker and the ledger keep what they have.
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (Interlocked.Increment(ref _passes) != _lastPass)
            return;
        Console.Error.WriteLine($"Died at {_point}, pass {_lastPass}");
        Process.GetCurrentProcess().Kill();
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }
}
