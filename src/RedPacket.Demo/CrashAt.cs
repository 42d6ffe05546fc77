using RedPacket.Hosting;
using System.Diagnostics;
using System.Globalization;

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

    /// <summary>Arms the point that the setting names. Returns an error text, or null if the setting is valid or absent.</summary>
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
        {
            return $"Demo:CrashAt must be <point> or <point>:<n> with n from 1; it was {setting}. "
                + $"The points are {string.Join(", ", CrashPoint.All)}.";
        }

        DiagnosticListener.AllListeners.Subscribe(new CrashAt(point, pass));
        return null;
    }

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
