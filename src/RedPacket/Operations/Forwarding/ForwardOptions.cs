using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace RedPacket.Operations;

/// <summary>
/// Section <c>Forward</c>: where a process sends the calls of a role that it lacks. A process ignores the address of a
/// role that it has, so all processes may have the same values.
/// </summary>
internal sealed class ForwardOptions
{
    public const string Section = "Forward";

    /// <summary>A process with the role grab, or a balancer in front of several: <c>http://host:5080</c>.</summary>
    public Uri? Grab { get; set; }

    /// <summary>A process with the role reconcile, or a balancer in front of several.</summary>
    public Uri? Reconcile { get; set; }

    /// <summary>
    /// The program of the subscribers. It gets the calls below <c>/api/v1</c> that no role has, so a new subscriber needs
    /// nothing here.
    /// </summary>
    public Uri? Subscribers { get; set; }

    /// <summary>
    /// How long the other process may be silent, before its answer and within it. A report about a million packets
    /// takes most of a minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Null when calls of this role, or of the subscribers, are not forwarded.</summary>
    public Uri? Address(string role) => role switch
    {
        ProcessRoles.Grab => Grab,
        ProcessRoles.Reconcile => Reconcile,
        RoleForwarder.Subscribers => Subscribers,
        _ => null,
    };
}

/// <summary>Refuses an address that names no server, or more than a server.</summary>
internal sealed class ForwardOptionsCheck : IValidateOptions<ForwardOptions>
{
    public ValidateOptionsResult Validate(string? name, ForwardOptions options)
    {
        string[] wrong =
        [
            .. new[]
            {
                Wrong(nameof(options.Grab), options.Grab), Wrong(nameof(options.Reconcile), options.Reconcile),
                Wrong(nameof(options.Subscribers), options.Subscribers),
            }.OfType<string>(),
        ];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static string? Wrong(string name, Uri? address) =>
        address is null or { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "" }
        ? null
        : $"{ForwardOptions.Section}:{name} takes an address such as http://host:5080, without a user and a path.";
}
