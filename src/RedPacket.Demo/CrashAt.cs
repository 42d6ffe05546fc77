using RedPacket.Hosting;
using System.Diagnostics;
using System.Globalization;

namespace RedPacket.Demo;

/// <summary>Answers one of the service's crash points with death: <c>Demo:CrashAt=&lt;point&gt;[:&lt;n&gt;]</c> kills this process at the n-th pass, as kill -9 does.</summary>
internal sealed class CrashAt : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private readonly string _point;
    private readonly int _pass;
    private int _passes;

    private CrashAt(string point, int pass)
    {
        _point = point;
        _pass = pass;
    }

    /// <summary>Arms the point that the setting names. Returns what is wrong with the setting; null when nothing is, or when it is not there.</summary>
    public static string? Arm(string? setting)
    {
        if (setting is null)
            return null;
        var (point, pass) = setting.Split(':') switch
        {
            [var name] => (name, 1),
            [var name, var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) => (name, n),
            _ => ("", 0),
        };
        if (!CrashPoint.All.Contains(point) || pass < 1)
            return $"Demo:CrashAt={setting}: give <point> or <point>:<n>, n from 1. The points are {string.Join(", ", CrashPoint.All)}.";
        DiagnosticListener.AllListeners.Subscribe(new CrashAt(point, pass));
        return null;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == CrashPoint.Source)
            value.Subscribe(this, name => name == _point);
    }

    // No finalizer runs, nothing is flushed: what is not in Redis, in the broker or in the ledger now is gone.
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (Interlocked.Increment(ref _passes) != _pass)
            return;
        Console.Error.WriteLine($"Died at {_point}, pass {_pass}");
        Process.GetCurrentProcess().Kill();
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }
}
