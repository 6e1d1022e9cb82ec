/** In China EC2 has a service principal of its own; EKS has not. */
export const CHINA = {
  partition: 'aws-cn',
  service: 'ec2.amazonaws.com',
  servicePrincipal: 'ec2.amazonaws.com.cn',
} as const;

/** The service principal as a trust policy names it in a partition. */
export function servicePrincipal(service: string, partition: string | undefined): string {
  return partition === CHINA.partition && service === CHINA.service
    ? CHINA.servicePrincipal
    : service;
}
