namespace Portal.Web;

/// <summary>Who may enter what: the names of the authorization policies, and where people sign in.</summary>
public static class AccessPolicies
{
    /// <summary>The agency.</summary>
    public const string Admin = "Admin";

    /// <summary>Anybody of a client.</summary>
    public const string Client = "Client";

    /// <summary>Those who manage a client.</summary>
    public const string Owner = "Owner";

    /// <summary>Anybody of a client looks, and those who manage it change.</summary>
    public const string OwnerChanges = "OwnerChanges";

    public const string SignInPath = "/account/sign-in";
}
