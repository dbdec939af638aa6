namespace Platform.ServiceDefaults.Security;

/// <summary>Marks an endpoint that is open without the API key, such as a sign-in page.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class AllowWithoutApiKeyAttribute : Attribute;
