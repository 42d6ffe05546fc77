namespace RedPacket.Ledger;

/// <summary>The one who acts: an operator with a call, or a part of the program.</summary>
internal sealed record Actor(string Name, string? Address = null, string? Trace = null)
{
    /// <summary>
    /// The background repair. A user id has no space, so no operator can pass for a part of the program.
    /// </summary>
    public static readonly Actor Repair = new("system repair");

    /// <summary>The opening of gates.</summary>
    public static readonly Actor Gate = new("system gate");

    /// <summary>An operator with a call.</summary>
    public static Actor Of((string UserId, string? Address, string? Trace) caller) => new(caller.UserId, caller.Address, caller.Trace);
}
