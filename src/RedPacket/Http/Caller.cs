namespace RedPacket.Http;

/// <summary>The caller: <c>sub</c> is the user, the role <c>operator</c> opens the operators' calls.</summary>
internal static class Caller
{
    /// <summary>The name of the authorization policy, and of the role, for operators.</summary>
    public const string Operator = "operator";

    /// <summary>The claim that names the user.</summary>
    public const string UserClaim = "sub";

    /// <summary>The claim that holds a role.</summary>
    public const string RoleClaim = "role";

    /// <summary>The caller's user id, unchecked. Empty when there is none.</summary>
    public static string UserId(this HttpContext context) => context.User.FindFirst(UserClaim)?.Value ?? "";

    /// <summary>Who calls, for an audit: the user id, the address, and the trace of the call.</summary>
    public static (string UserId, string? Address, string? Trace) ForAudit(this HttpContext context) =>
        (context.UserId(), context.Connection.RemoteIpAddress?.ToString(), Problem.TraceOf(context));

    public static bool IsOperator(this HttpContext context) => context.User.HasClaim(RoleClaim, Operator);

    /// <summary>The refusal of a text that cannot be a user id; null when it can.</summary>
    public static Problem? RefusalOf(string userId) =>
        RedPacket.UserId.IsValid(userId) ? null : EdgeProblems.UserInvalid;

    /// <summary>The refusal of a caller who is neither this user nor an operator; null for these two.</summary>
    public static Problem? RefusalUnlessOwner(this HttpContext context, string userId) =>
        RefusalOf(userId) ?? (context.UserId() == userId || context.IsOperator() ? null : EdgeProblems.Forbidden);
}
